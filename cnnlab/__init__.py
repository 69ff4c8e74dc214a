"""cnnlab: see how a convolutional network works, on your own network and your own drawing.

Importing this package loads neither torch nor Streamlit; the rooms below import them at documented doors.
"""

__version__ = "0.1.0"
