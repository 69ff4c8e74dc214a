"""Train: start a run, watch it learn, steer it."""

from cnnlab.ui.train_page import train_page

train_page()
