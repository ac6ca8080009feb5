"""Arrays in, answers out: metrics, confusions, ranking, learning. No disk, clock or torch."""
