"""Train an image classifier, see when it stops learning, and understand every mistake it makes.

The core package: no Streamlit, no printing, no global state. One direction of flow:
RunSpec -> engine -> execute_run -> run store -> analysis -> figures -> page.
"""
