"""Arrays in, figures out: Plotly figures, and maps for the map component.

Every Plotly figure takes the theme it is drawn for.
"""
