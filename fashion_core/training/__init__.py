"""How a run is computed: recipe, epoch loop, checkpoint. No Streamlit, no engine."""
