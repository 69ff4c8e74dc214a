"""Code as students write it; test_students.py says what should be read from it."""

from __future__ import annotations

import json

CODE: dict[str, str] = {
    "data-format": """\
from __future__ import print_function
import keras
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers import Dense, Dropout, Flatten
from keras.layers import Conv2D, MaxPooling2D
from keras import backend as K
bs = 100
n_cls = 10
n_ep = 9
rows, cols = 28, 28
(xa, ya), (xb, yb) = mnist.load_data()
if K.image_data_format() == 'channels_first':
    xa = xa.reshape(xa.shape[0], 1, rows, cols)
    xb = xb.reshape(xb.shape[0], 1, rows, cols)
    shape = (1, rows, cols)
else:
    xa = xa.reshape(xa.shape[0], rows, cols, 1)
    xb = xb.reshape(xb.shape[0], rows, cols, 1)
    shape = (rows, cols, 1)
xa = xa.astype('float32'); xb = xb.astype('float32')
xa /= 255; xb /= 255
ya = keras.utils.to_categorical(ya, n_cls)
yb = keras.utils.to_categorical(yb, n_cls)
model = Sequential()
model.add(Conv2D(20, kernel_size=(3, 3), activation='relu', input_shape=shape))
model.add(Conv2D(48, (3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(90, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(n_cls, activation='softmax'))
model.compile(loss=keras.losses.categorical_crossentropy,
              optimizer=keras.optimizers.Adadelta(), metrics=['accuracy'])
model.fit(xa, ya, batch_size=bs, epochs=n_ep, verbose=1, validation_data=(xb, yb))
score = model.evaluate(xb, yb, verbose=0)
print('Test loss:', score[0])
""",
    "keras-1": """\
from keras.models import Sequential
from keras.layers import Dense, Activation, Flatten, Convolution2D, MaxPooling2D
model = Sequential()
model.add(Convolution2D(16, 3, 3, border_mode='valid', input_shape=(28, 28, 1)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(10))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adadelta')
model.fit(X_train, Y_train, batch_size=128, nb_epoch=12, show_accuracy=True, verbose=1)
score = model.evaluate(X_test, Y_test, show_accuracy=True, verbose=0)
print 'Test score:', score[0]
print 'Test accuracy:', score[1]
""",
    "keras-1-same": """\
from keras.models import Sequential
from keras.layers import Dense, Activation, Flatten
from keras.layers.convolutional import Convolution2D
from keras.layers.convolutional import MaxPooling2D
shape = (1, 28, 28)
model = Sequential()
model.add(Convolution2D(12, 7, 7, activation='relu', border_mode='same', input_shape=shape))
model.add(MaxPooling2D((2,2), border_mode='same'))
model.add(Convolution2D(40, 5, 5, activation='relu', border_mode='valid', subsample=(2, 2)))
model.add(Flatten())
model.add(Dense(50))
model.add(Activation('tanh'))
model.add(Dense(10))
model.add(Activation('softmax'))
""",
    "dim-ordering": """\
from keras.models import Sequential
from keras.layers import Convolution2D, Flatten, Dense
model = Sequential()
model.add(Convolution2D(16, 3, 3, border_mode='same', input_shape=(1, 28, 28), dim_ordering='th'))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
""",
    "nb-row": """\
from keras.layers import Input, Conv2D, Flatten, Dense
from keras.models import Model
inp = Input(shape=(28, 28, 1))
a = Conv2D(nb_filter=18, nb_row=3, nb_col=3, activation='relu', border_mode='same',
           init='glorot_normal')(inp)
e = Flatten()(a)
f = Dense(output_dim=10, activation='softmax')(e)
model = Model(inp, f)
""",
    "argparse": """\
import argparse, torch, torch.nn as nn, torch.optim as optim
p = argparse.ArgumentParser()
p.add_argument('--lr', type=float, default=0.8)
p.add_argument('--epochs', type=int, default=7)
args = p.parse_args()
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
opt = optim.Adadelta(model.parameters(), lr=args.lr)
for e in range(1, args.epochs + 1):
    pass
""",
    "argparse-script": """\
from __future__ import print_function
import argparse
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torchvision import datasets, transforms
from torch.optim.lr_scheduler import StepLR

class DigitNet(nn.Module):
    def __init__(self):
        super(DigitNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, 1)
        self.conv2 = nn.Conv2d(16, 40, 3, 1)
        self.drop_a = nn.Dropout(0.25)
        self.drop_b = nn.Dropout(0.5)
        self.fc1 = nn.Linear(5760, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.drop_a(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.drop_b(x)
        x = self.fc2(x)
        output = F.log_softmax(x, dim=1)
        return output

def fit(args, model, device, loader, optimizer, epoch):
    model.train()
    for i, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--batch-size', type=int, default=48, metavar='N')
    parser.add_argument('--epochs', type=int, default=7, metavar='N')
    parser.add_argument('--lr', type=float, default=0.8, metavar='LR')
    parser.add_argument('--gamma', type=float, default=0.6, metavar='M')
    args = parser.parse_args()
    device = torch.device("cpu")
    t = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    d1 = datasets.MNIST('../data', train=True, download=True, transform=t)
    loader = torch.utils.data.DataLoader(d1, batch_size=args.batch_size, shuffle=True)
    model = DigitNet().to(device)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    for epoch in range(1, args.epochs + 1):
        fit(args, model, device, loader, optimizer, epoch)
        scheduler.step()

if __name__ == '__main__':
    main()
""",
    "append": """\
import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(1, 8, 3, padding=1)
        self.body = self.make(2)
        self.fc = nn.Linear(8*28*28, 10)
    def make(self, n):
        layers = []
        for k in range(n):
            layers.append(nn.Conv2d(8, 8, 3, padding=1))
        return nn.Sequential(*layers)
    def forward(self, x):
        x = self.body(self.c(x))
        return self.fc(x.flatten(1))
""",
    "resnet-append": """\
import torch.nn as nn
import torch.nn.functional as F
class Block(nn.Module):
    expansion = 1
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.shortcut = nn.Sequential()
        if stride != 1 or i != self.expansion*o:
            self.shortcut = nn.Sequential(
                nn.Conv2d(i, self.expansion*o, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion*o))
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        out = F.relu(out)
        return out
class Net(nn.Module):
    def __init__(self, block, n, num_classes=10):
        super().__init__()
        self.p = 8
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = self._make(block, 8, n[0], 1)
        self.layer2 = self._make(block, 16, n[1], 2)
        self.layer3 = self._make(block, 32, n[2], 2)
        self.layer4 = self._make(block, 64, n[3], 2)
        self.linear = nn.Linear(64*block.expansion, num_classes)
    def _make(self, block, o, n, stride):
        layers = []
        for s in [stride] + [1]*(n-1):
            layers.append(block(self.p, o, s))
            self.p = o * block.expansion
        return nn.Sequential(*layers)
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer1(out)
        out = self.layer2(out)
        out = self.layer3(out)
        out = self.layer4(out)
        out = F.avg_pool2d(out, 4)
        out = out.view(out.size(0), -1)
        return self.linear(out)
def Net18():
    return Net(Block, [2,2,2,2])
net = Net18()
""",
    "vgg-append": """\
import torch.nn as nn
plan = [8, "M", 16, "M"]
def make_layer(config):
    layers = []
    inp = 1
    for v in config:
        if v == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            layers.append(nn.Conv2d(inp, v, kernel_size=3, padding=1))
            layers.append(nn.ReLU())
            inp = v
    return nn.Sequential(*layers)
class V(nn.Module):
    def __init__(self, config=plan, num_classes=10):
        super(V, self).__init__()
        self.features = make_layer(config)
        self.fc = nn.Linear(16*7*7, num_classes)
    def forward(self, x):
        out = self.features(x)
        out = out.view(out.size(0), -1)
        return self.fc(out)
""",
    "extend": """\
import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(1, 8, 3, padding=1)
        layers = []
        layers.extend([nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)])
        self.body = nn.Sequential(*layers)
        self.fc = nn.Linear(8*28*28, 10)
    def forward(self, x):
        x = self.body(self.c(x))
        return self.fc(x.flatten(1))
""",
    "vgg-plus": """\
import torch
import torch.nn as nn
plan = {
    "A": [16, "M", 32, "M", 64, 64, "M"],
    "B": [16, 16, "M", 32, 32, "M"],
}
class Vgg(nn.Module):
    def __init__(self, kind, num_classes=10):
        super(Vgg, self).__init__()
        self.features = self._make_layers(plan[kind])
        self.classifier = nn.Linear(1024, num_classes)
    def forward(self, x):
        out = self.features(x)
        out = out.view(out.size(0), -1)
        out = self.classifier(out)
        return out
    def _make_layers(self, cfg):
        layers = []
        in_channels = 3
        for v in cfg:
            if v == 'M':
                layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
            else:
                layers += [nn.Conv2d(in_channels, v, kernel_size=3, padding=1),
                           nn.BatchNorm2d(v),
                           nn.ReLU(inplace=True)]
                in_channels = v
        return nn.Sequential(*layers)
model = Vgg("A")
""",
    "keywords": """\
from torch import nn
model = nn.Sequential(
    nn.Conv2d(in_channels=3, out_channels=8, kernel_size=5, padding=2), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(in_features=2048, out_features=10))
""",
    "ordered-dict": """\
import torch
from torch import nn
from collections import OrderedDict
class Le(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(OrderedDict([
            ('conv1', nn.Conv2d(in_channels=3, out_channels=20, kernel_size=5, padding=2)),
            ('pool1', nn.MaxPool2d(kernel_size=2)),
            ('conv2', nn.Conv2d(in_channels=20, out_channels=30, kernel_size=5, padding=2)),
            ('pool2', nn.MaxPool2d(kernel_size=2)),
            ('flatten', nn.Flatten()),
            ('fc1', nn.Linear(1920, 64)),
            ('fc2', nn.Linear(64, 10))
        ]))
    def forward(self, x):
        return self.body(x)
if __name__ == '__main__':
    model = Le()
    z = torch.randn(64, 3, 32, 32)
    print(model(z).shape)
""",
    "average-pool": """\
import torch.nn as nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 8, 3, padding=1)
        self.l = nn.Linear(8, 10)
    def forward(self, x):
        x = F.relu(self.c(x))
        x = F.avg_pool2d(x, 32)
        x = x.view(x.size(0), -1)
        return self.l(x)
""",
    "wrong-in-features": """\
import torch.nn as nn
model = nn.Sequential(
    nn.Conv2d(1, 10, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(10, 20, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(320, 10))
""",
    "two-returned": """\
import torch.nn as nn
class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(1, 16, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(2))
        self.out = nn.Linear(16 * 14 * 14, 10)
    def forward(self, x):
        x = self.conv1(x)
        x = x.view(x.size(0), -1)
        output = self.out(x)
        return output, x
""",
    "two-returned-blocks": """\
import torch.nn as nn
import torch.nn.functional as F
class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.layer1 = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
        self.layer2 = nn.Sequential(
            nn.Conv2d(16, 32, kernel_size=5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
        self.fc = nn.Linear(7*7*32, 10)
    def forward(self, x):
        out = self.layer1(x)
        out = self.layer2(out)
        out = out.reshape(out.size(0), -1)
        out = self.fc(out)
        return out, x
""",
    "keras-class": """\
from tensorflow.keras.layers import Dense, Flatten, Conv2D
from tensorflow.keras import Model
class Small(Model):
    def __init__(self):
        super(Small, self).__init__()
        self.conv1 = Conv2D(20, 3, activation='relu')
        self.flatten = Flatten()
        self.d1 = Dense(80, activation='relu')
        self.d2 = Dense(10, activation='softmax')
    def call(self, x, **kwargs):
        x = self.conv1(x)
        x = self.flatten(x)
        x = self.d1(x)
        return self.d2(x)
""",
    "model-of-lists": """\
from keras.layers import Input, Conv2D, Flatten, Dense
from keras.models import Model
inp = Input(shape=(28, 28, 1))
a = Conv2D(18, 3, activation='relu')(inp)
e = Flatten()(a)
f = Dense(10, activation='softmax')(e)
model = Model([inp], [f])
""",
    "own-flatten": """\
import torch.nn as nn
class Flatten(nn.Module):
    def forward(self, x):
        return x.view(x.size()[0], -1)
model = nn.Sequential(
    nn.Conv2d(1, 10, 5), nn.ReLU(), nn.MaxPool2d(2),
    Flatten(),
    nn.Linear(1440, 10))
""",
    "colab": """\
!pip install keras
%matplotlib inline
%tensorflow_version 2.x
from keras import layers, models
m = models.Sequential()
m.add(layers.Conv2D(16, (3, 3), activation='relu', input_shape=(28, 28, 1)))
m.add(layers.MaxPooling2D((2, 2)))
m.add(layers.Flatten())
m.add(layers.Dense(10, activation='softmax'))
!ls -la
m.summary()
?layers.Conv2D
""",
    "no-flatten": """\
from keras.models import Sequential
from keras.layers import Dense, Flatten, Conv2D, MaxPooling2D
net = Sequential()
net.add(Conv2D(24, kernel_size=(3, 3), input_shape=(28, 28, 1), activation='relu'))
net.add(MaxPooling2D(pool_size=2))
net.add(Dense(96, activation='relu'))
net.add(Dense(10, activation='softmax'))
""",
    "list": """\
from keras.layers import Dense, Dropout, Flatten
from keras.layers import Conv2D, MaxPooling2D
from keras.models import Sequential
n_out = 10
stack = [
    Conv2D(16, (3,3), activation='relu'),
    MaxPooling2D((2,2)),
    Dropout(0.2),
    Flatten(),
    Dense(64, activation='relu'),
    Dense(n_out, activation='softmax')
]
model = Sequential(stack)
""",
    "missing-bracket": """\
from keras.models import Sequential
from keras.layers import Dense, Activation, Dropout, Flatten
from keras.layers import Convolution2D, MaxPooling2D
model = Sequential()
model.add(Convolution2D(16,3,3,border_mode='valid', input_shape=(3,64,64)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2,2))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(10))
model.add(Activation('softmax'))
""",
    "keras-0": """\
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
model = Sequential()
model.add(Convolution2D(16, 3, 3, 3, border_mode='full'))
model.add(Activation('relu'))
model.add(Convolution2D(16, 16, 3, 3))
model.add(MaxPooling2D(poolsize=(2, 2)))
model.add(Flatten())
model.add(Dense(16*16*16, 100))
model.add(Dense(100, 10))
model.add(Activation('softmax'))
""",
    "lambda": """\
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense, Lambda, Reshape, BatchNormalization
mean_px, std_px = 33.3, 78.5
def standardize(x):
    return (x - mean_px) / std_px
model = Sequential([
    Reshape((28, 28, 1), input_shape=(784,)),
    Lambda(standardize),
    Conv2D(16, 3, activation='relu'),
    BatchNormalization(axis=-1),
    MaxPooling2D(),
    Flatten(),
    Dense(10, activation='softmax')])
""",
    "vgg16": """\
from keras.applications import VGG16
from keras import models, layers
base = VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))
model = models.Sequential()
model.add(base)
model.add(layers.Flatten())
model.add(layers.Dense(256, activation='relu'))
model.add(layers.Dense(1, activation='sigmoid'))
""",
    "functional-dropout": """\
import torch.nn as nn
import torch.nn.functional as F
class Reader(nn.Module):
    def __init__(self):
        super(Reader, self).__init__()
        self.c1 = nn.Conv2d(1, 12, kernel_size=5)
        self.c2 = nn.Conv2d(12, 24, kernel_size=5)
        self.c2_drop = nn.Dropout2d()
        self.l1 = nn.Linear(384, 50)
        self.l2 = nn.Linear(50, 10)
    def forward(self, x):
        x = F.relu(F.max_pool2d(self.c1(x), 2))
        x = F.relu(F.max_pool2d(self.c2_drop(self.c2(x)), 2))
        x = x.view(-1, 384)
        x = F.relu(self.l1(x))
        x = F.dropout(x, training=self.training)
        x = self.l2(x)
        return F.log_softmax(x)
""",
    "pool-twice": """\
import torch.nn.functional as f
import torch.nn as nn
class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, (3, 3))
        self.conv2 = nn.Conv2d(16, 32, (3, 3))
        self.pool = nn.MaxPool2d(2, 2)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(4608, 64)
        self.fc2 = nn.Linear(64, num_classes)
        self.softmax = nn.Softmax(dim = 1)
    def forward(self, x):
        x = (f.relu(self.conv1(x)))
        x = self.pool(f.relu(self.conv2(x)))
        x = self.dropout(x)
        x = x.view(x.size(0), -1)
        x = f.relu(self.fc1(x))
        x = self.softmax(self.fc2(x))
        return x
""",
    "lightning": """\
import torch
from torch import nn
from torch.nn import functional as F
import pytorch_lightning as pl
class Lit(pl.LightningModule):
    def __init__(self, lr=2e-3):
        super().__init__()
        self.lr = lr
        self.conv1 = nn.Conv2d(1, 16, 3)
        self.fc = nn.Linear(16 * 13 * 13, 10)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        b, c, h, w = x.size()
        x = x.view(b, -1)
        return F.log_softmax(self.fc(x), dim=1)
    def training_step(self, batch, idx):
        x, y = batch
        return F.nll_loss(self(x), y)
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)
trainer = pl.Trainer(max_epochs=4)
""",
    "folds": """\
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Dense, Flatten, BatchNormalization
from keras.optimizers import SGD
from sklearn.model_selection import KFold
def define_model():
    model = Sequential()
    model.add(Conv2D(24, (3, 3), activation='relu', kernel_initializer='he_uniform',
                     input_shape=(28, 28, 1)))
    model.add(BatchNormalization())
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(90, activation='relu', kernel_initializer='he_uniform'))
    model.add(Dense(10, activation='softmax'))
    opt = SGD(lr=0.01, momentum=0.9)
    model.compile(optimizer=opt, loss='categorical_crossentropy', metrics=['accuracy'])
    return model
def evaluate_model(dataX, dataY, n_folds=5):
    kfold = KFold(n_folds, shuffle=True, random_state=1)
    for train_ix, test_ix in kfold.split(dataX):
        model = define_model()
        history = model.fit(dataX[train_ix], dataY[train_ix], epochs=8, batch_size=32,
                            validation_data=(dataX[test_ix], dataY[test_ix]), verbose=0)
""",
}


def notebook() -> str:
    """The "colab" code as a notebook, with a text cell before it and an output."""
    lines = CODE["colab"].splitlines(keepends=True)
    code = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [{"text": ["ok"]}]}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# My digits"]},
        {**code, "source": lines[:4]},
        {**code, "source": lines[4:]},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}, indent=1)
