"""What a benchmark run says: ratios with intervals, crossovers, phases and costs. No Dash here."""
