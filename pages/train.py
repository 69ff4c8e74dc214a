"""Train: start a run, watch it learn, steer it."""

from cnnlab.ui.train.page import train_page

train_page()
