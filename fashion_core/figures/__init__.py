"""Arrays in, Plotly figures out. Every figure takes the theme it is drawn for."""
