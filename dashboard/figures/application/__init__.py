"""What Spark did: an Application goes in, a Figure comes out; the rows say the same."""
