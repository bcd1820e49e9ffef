/* pytorch_texts.h - networks of blocks, as they are exported: which share a class, and what its arguments are. */
#ifndef NB_TESTS_PYTORCH_TEXTS_H
#define NB_TESTS_PYTORCH_TEXTS_H

typedef struct pytorch_text {
    const char *name, *text;
    const char *lines[8]; /* what the program has, each once */
} pytorch_text;

#define CONV(name, in, out, side, pad)                                                                       \
    "module " name " Conv2d in_channels=" #in " out_channels=" #out " kernel_size=" #side " padding=" #pad   \
    "\n"
#define LINEAR(name, in, out) "module " name " Linear in_features=" #in " out_features=" #out "\n"

static const pytorch_text pytorch_texts[] = {
    {"settings", /* a number that differs is an argument, also where forward reads it, and a word */
     "input x x image 3 8 8\n" CONV("a.conv", 3, 4, 3, 1) CONV("b.conv", 4, 4, 1, 0)
         CONV("out", 4, 3, 1,
              0) "enter a Up\napply a.conv 0\ncall AvgPool2d 1\ncall Upsample 2 mode=bilinear\nleave 3\n"
                 "enter b Up\napply b.conv 3\ncall AvgPool2d 4 kernel_size=4\ncall Upsample 5 "
                 "mode=nearest\ncall Upsample 6\nleave 7\n"
                 "apply out 7\noutput eps 8\n",
     {"class Up(nn.Module):", "class Up2(nn.Module):"}},
    {"words",
     "input x x image 2 4 4\n" CONV("a.conv", 2, 8, 3, 1) CONV("b.conv", 8, 8, 1, 0)
         CONV("out", 8, 2, 1,
              0) "enter a Double\napply a.conv 0\ncall MaxPool2d 1\ncall Upsample 2 mode=bilinear\nleave 3\n"
                 "enter b Double\napply b.conv 3\ncall MaxPool2d 4\ncall Upsample 5 mode=nearest\nleave 6\n"
                 "apply out 6\noutput eps 7\n",
     {"    def __init__(self, in_channels, kernel_size, padding, mode):", "        self.mode = mode",
      "        self.conv = nn.Conv2d(in_channels, 8, kernel_size, padding=padding)",
      "        self.a = Double(2, 3, 1, \"bilinear\")", "        self.b = Double(8, 1, 0, \"nearest\")",
      "scale_factor=2, mode=self.mode)"}},
    {"optional", /* a part that one lacks, told by two arguments that are equal there; and one that nothing tells */
     "input x x features 4\n" LINEAR("a.fc", 4, 6) LINEAR("a.skip", 4, 6) LINEAR("b.fc", 6, 6)
         LINEAR("c.fc", 6, 4) LINEAR("c.skip", 6, 4) LINEAR("d.one", 4, 4) LINEAR("d.two", 4, 4) LINEAR(
             "e.one", 4,
             4) "enter a Residual\napply a.fc 0\ncall ReLU 1\napply a.skip 0\ncall add 2 3\nleave 4\n"
                "enter b Residual\napply b.fc 4\ncall ReLU 5\ncall add 6 4\nleave 7\n"
                "enter c Residual\napply c.fc 7\ncall ReLU 8\napply c.skip 7\ncall add 9 10\nleave 11\n"
                "enter d Layers\napply d.one 11\ncall SiLU 12\napply d.two 13\nleave 14\n"
                "enter e Layers\napply e.one 14\ncall SiLU 15\nleave 16\n"
                "output eps 16\n",
     {"    def __init__(self, in_features, out_features):",
      "        self.skip = nn.Linear(in_features, out_features) if in_features != out_features else "
      "nn.Identity()",
      "        return F.relu(self.fc(x)) + self.skip(x)", "        self.b = Residual(6, 6)",
      "        self.two = nn.Linear(4, 4) if with_two else nn.Identity()", "        self.e = Layers(False)"}},
    {"lacking", /* numbers after the part that one lacks; and a part whose value forward takes first */
     "input x x features 4\ninput c cond features 4\n" LINEAR("a.one", 4, 5) LINEAR("a.two", 5, 5)
         LINEAR("a.three", 5, 6) LINEAR("b.one", 6, 5) LINEAR("b.three", 5, 4) LINEAR("d.skip", 4,
                                                                                      4) LINEAR("d.fc", 4, 4)
             LINEAR("e.fc", 4, 4) "enter a Layers\napply a.one 0\napply a.two 2\napply a.three 3\nleave 4\n"
                                  "enter b Layers\napply b.one 4\napply b.three 5\nleave 6\n"
                                  "enter d Gate\napply d.skip 1\napply d.fc 6\ncall add 8 7\nleave 9\n"
                                  "enter e Gate\napply e.fc 9\ncall add 10 1\nleave 11\n"
                                  "output eps 11\n",
     {"    def __init__(self, in_features, out_features, with_two):", "        self.a = Layers(4, 6, True)",
      "        self.b = Layers(6, 4, False)", "class Gate(nn.Module):", "class Gate2(nn.Module):"}},
    {"nested", /* blocks in blocks, and in a Sequential, with one's own block in its place */
     "input x x features 4\ninput t timestep\n" LINEAR("stem.1.fc", 4, 8) LINEAR("stem.2.fc", 8, 8)
         LINEAR("time.1", 6, 8) LINEAR("levels.0.a.fc", 8, 8) LINEAR("levels.0.b.fc", 8,
                                                                     12) LINEAR("levels.1.a.fc", 12, 12)
             LINEAR("levels.1.b.fc", 12,
                    4) "enter stem Sequential\ncall Tanh 0\nenter stem.1 Block\napply stem.1.fc 2\ncall ReLU "
                       "3\nleave 4\n"
                       "enter stem.2 Block\napply stem.2.fc 4\ncall ReLU 5\nleave 6\nleave 6\n"
                       "enter time Sequential\nenter time.0 TimeEmbedding\ncall sinusoidal 1 "
                       "features=6\nleave 7\napply time.1 7\nleave 8\n"
                       "call add 6 8\n"
                       "enter levels.0 Level\nenter levels.0.a Block\napply levels.0.a.fc 9\ncall ReLU "
                       "10\nleave 11\n"
                       "enter levels.0.b Block\napply levels.0.b.fc 11\ncall ReLU 12\nleave 13\nleave 13\n"
                       "enter levels.1 Level\nenter levels.1.a Block\napply levels.1.a.fc 13\ncall ReLU "
                       "14\nleave 15\n"
                       "enter levels.1.b Block\napply levels.1.b.fc 15\ncall ReLU 16\nleave 17\nleave 17\n"
                       "output eps 17\n",
     {"class Block(nn.Module):", "class Level(nn.Module):",
      "        self.stem = nn.Sequential(nn.Tanh(), Block(4, 8), Block(8, 8))",
      "        self.time = nn.Sequential(TimeEmbedding(), nn.Linear(6, 8))",
      "        self.a = Block(in_features, in_features)",
      "        self.levels = nn.ModuleList([Level(8, 12), Level(12, 4)])"}},
    {"inputs", /* names that Python has, a class of PyTorch's name, several inputs and outputs */
     "input mask cond features 4\ninput x x features 4\ninput class tokens 3 7\ninput label labels 2\n"
     "module F.fc Linear in_features=4 out_features=4\nmodule embed Embedding num_embeddings=7 "
     "embedding_dim=4\n"
     "module label_embed Embedding num_embeddings=3 embedding_dim=4\n"
     "enter F Linear\napply F.fc 1\ncall mul 4 0\nleave 5\napply embed 2\napply label_embed 3\ncall add 5 "
     "7\ncall add 6 8\n"
     "output words 9\noutput mean 8\n",
     {"class Linear(nn.Module):", "    def forward(self, mask, x, "}},
    {"condition", /* what it trains on beside x, and names that the script has for itself */
     "input x x features 4\ninput t fraction\ninput steps cond features 4\n" LINEAR(
         "fc", 5, 4) "call mul 0 2\ncall cat 3 1\napply fc 4\noutput eps 5\n",
     {"    def forward(self, x, t, steps):", "def train(model, beta, epochs, data, input_2):",
      "model(x_t, t / T, input_2[batch])"}},
    {"twice", /* a block that is used twice: its weights are there once */
     "input x x features 4\n" LINEAR("a.fc", 4, 4) "enter a Block\napply a.fc 0\ncall ReLU 1\nleave 2\nenter "
                                                   "a Block\napply a.fc 2\ncall ReLU 3\nleave 4\n"
                                                   "output eps 4\n",
     {"class Network(nn.Module):"}},
};
enum { PYTORCH_TEXTS = sizeof pytorch_texts / sizeof *pytorch_texts };

#endif
