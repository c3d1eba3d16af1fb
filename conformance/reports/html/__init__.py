"""The report as one HTML file: everything in it, nothing fetched, nothing that a server said is taken for markup."""
