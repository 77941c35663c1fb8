"""What is live: the release that this process serves, and how it stays up to date."""
