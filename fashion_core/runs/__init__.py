"""The run store: what a run leaves behind, and its status. No torch."""
