"""Every limit in one place. They keep one careless click from bringing down a classroom's machine."""

MAX_DESIGN_BYTES = 64 * 1024  # a design file or link, before it is parsed
MAX_NOTEBOOK_BYTES = 20 * 1024 * 1024  # including the images in its cells' outputs
MAX_DESIGN_DEPTH = 10  # nested lists and objects: twice what a design needs
MAX_KEYS = 40  # in one object of a file: more than any layer or setting has
MAX_DIGITS = 18  # of an integer in a file
MAX_LAYERS = 64  # including those inside blocks
MAX_CHANNELS = 4_096  # of a convolution
MAX_FEATURES = 65_536  # of a linear layer
MAX_KERNEL = 64
MAX_SIDE = 512  # of an input picture, in pixels
MAX_INPUT_CHANNELS = 4
MAX_CLASSES = 1_000
MAX_PARAMETERS = 50_000_000  # 200 MB of weights, 800 MB with gradients and Adam's two moments
MAX_ACTIVATIONS = 20_000_000  # numbers that all layers output for one picture
MAX_MACS = 20_000_000_000  # multiply-adds for one picture
MAX_NAME = 80  # characters of a name that a person types

MAX_EPOCHS = 1_000
MAX_BATCH_SIZE = 8_192

MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_PICTURE_PIXELS = 25_000_000
MAX_PICTURES = 10_000  # in one call of `predict`

MAX_DRAWING_BYTES = 512 * 1024  # of a drawing that is kept, with its strokes
MAX_DRAWINGS = 5_000  # kept in one home folder

SHOWN_MAPS = 64  # feature maps of a row on the screen; nobody would look at more
SHOWN_NUMBERS = 4_096  # of a vector
EXACT_NUMBERS = 256  # of a vector that is also sent as it is, to be read number by number
SHOWN_SIDE = 64  # pixels of a feature map; larger ones are averaged down
