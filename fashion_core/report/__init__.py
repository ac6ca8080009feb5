"""The report of a run: one HTML file that needs nothing else, to send, archive or print."""
