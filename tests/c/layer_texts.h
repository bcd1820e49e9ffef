/* layer_texts.h - small networks, written down, around layers that the course's own do not have: what PyTorch's numbers
 * (tests/golden/make_golden_layers.py builds the same) and central differences are compared on. */
#ifndef NB_TESTS_LAYER_TEXTS_H
#define NB_TESTS_LAYER_TEXTS_H

typedef struct layer_text {
    const char *name;
    size_t n;
    const char *text;
} layer_text;

#define IMAGE(shape) "input x x image " shape "\n"

/* In the golden script's order: the index is the seed. */
static const layer_text layer_texts[] = {
    {"gelu", 2, IMAGE("3 4 3") "call GELU 0\noutput y 1\n"},
    {"tanh", 3, "input x x features 7\ncall Tanh 0\noutput y 1\n"},
    {"sigmoid", 3, "input x x features 7\ncall Sigmoid 0\noutput y 1\n"},
    {"softplus", 3, "input x x features 7\ncall Softplus 0\noutput y 1\n"},
    {"nearest", 2, IMAGE("3 3 2") "call Upsample 0\noutput y 1\n"},
    {"nearest_series", 2, "input x x series 3 5\ncall Upsample 0\noutput y 1\n"},
    {"avg_pool", 2, IMAGE("3 5 7") "call AvgPool2d 0\noutput y 1\n"},
    {"avg_pool_3", 2, IMAGE("2 6 7") "call AvgPool2d 0 kernel_size=3\noutput y 1\n"},
    {"avg_pool_series", 2, "input x x series 5 9\ncall AvgPool1d 0 kernel_size=2\noutput y 1\n"},
    {"mul", 2, IMAGE("3 4 5") "input c cond image 3 4 5\ncall mul 0 1\noutput y 2\n"},
    {"mul_vector", 2, IMAGE("3 4 5") "input c cond features 3\ncall mul 0 1\noutput y 2\n"},
    {"mul_self", 3, "input x x features 5\ncall mul 0 0\noutput y 1\n"},
    {"scale_shift", 2,
     IMAGE("5 2 3") "input a cond features 5\ninput b cond features 5\ncall scale_shift 0 1 2\noutput y 3\n"},
    {"film", 2,
     "input x x tokens 4 6\ninput a cond features 6\ninput b cond features 6\ncall scale_shift 0 1 2\noutput "
     "y 3\n"},
    {"conv_5", 2,
     IMAGE("3 6 5") "module m Conv2d in_channels=3 out_channels=4 kernel_size=5 padding=2\napply m 0\noutput "
                    "y 1\n"},
    {"conv_stride", 2,
     IMAGE("3 7 6") "module m Conv2d in_channels=3 out_channels=5 kernel_size=3 stride=2 padding=1\napply m "
                    "0\noutput y 1\n"},
    {"conv_4_stride", 3,
     IMAGE("2 8 8") "module m Conv2d in_channels=2 out_channels=3 kernel_size=4 stride=2 padding=1 "
                    "bias=0\napply m 0\noutput y 1\n"},
    {"conv_patches", 2,
     IMAGE("1 6 9") "module m Conv2d in_channels=1 out_channels=4 kernel_size=2 stride=2\napply m 0\noutput "
                    "y 1\n"},
    {"conv_7", 1,
     IMAGE("8 4 9") "module m Conv2d in_channels=8 out_channels=8 kernel_size=7 padding=3\napply m 0\noutput "
                    "y 1\n"},
    {"depthwise", 2,
     IMAGE("6 5 4") "module m Conv2d in_channels=6 out_channels=6 kernel_size=3 padding=1 groups=6\napply m "
                    "0\noutput y 1\n"},
    {"groups", 2,
     IMAGE("6 5 4") "module m Conv2d in_channels=6 out_channels=9 kernel_size=3 stride=2 padding=1 "
                    "groups=3\napply m 0\noutput y 1\n"},
    {"conv_no_bias", 2,
     IMAGE("8 5 6") "module m Conv2d in_channels=8 out_channels=8 kernel_size=3 padding=1 bias=0\napply m "
                    "0\noutput y 1\n"},
    {"conv1d", 2,
     "input x x series 3 11\nmodule m Conv1d in_channels=3 out_channels=5 kernel_size=5 padding=2\napply m "
     "0\noutput y 1\n"},
    {"conv1d_stride", 2,
     "input x x series 4 10\nmodule m Conv1d in_channels=4 out_channels=6 kernel_size=4 stride=2 "
     "padding=1\napply m 0\noutput y 1\n"},
    {"conv1d_1", 2,
     "input x x series 4 1\nmodule m Conv1d in_channels=4 out_channels=3 kernel_size=1\napply m 0\noutput y "
     "1\n"},
    {"up_2", 2,
     IMAGE("3 4 5") "module m ConvTranspose2d in_channels=3 out_channels=5 kernel_size=2 stride=2\napply m "
                    "0\noutput y 1\n"},
    {"up_4", 2,
     IMAGE("4 3 5") "module m ConvTranspose2d in_channels=4 out_channels=3 kernel_size=4 stride=2 "
                    "padding=1\napply m 0\noutput y 1\n"},
    {"up_3", 2,
     IMAGE("2 3 3") "module m ConvTranspose2d in_channels=2 out_channels=4 kernel_size=3 stride=2 padding=1 "
                    "output_padding=1\napply m 0\noutput y 1\n"},
    {"up_5", 2,
     IMAGE("2 3 4") "module m ConvTranspose2d in_channels=2 out_channels=3 kernel_size=5 padding=1 "
                    "bias=0\napply m 0\noutput y 1\n"},
    {"linear_tokens", 3,
     "input x x tokens 5 7\nmodule m Linear in_features=7 out_features=6\napply m 0\noutput y 1\n"},
    {"linear_no_bias", 5,
     "input x x features 7\nmodule m Linear in_features=7 out_features=6 bias=0\napply m 0\noutput y 1\n"},
    {"embedding_tokens", 3,
     "input x x tokens 4 5\ninput words tokens 4 9\nmodule m Embedding num_embeddings=9 "
     "embedding_dim=5\napply m 1\ncall add 0 2\noutput y 3\n"},
    {"linear_twice", 5,
     "input x x features 4\nmodule m Linear in_features=4 out_features=4\napply m 0\ncall ReLU 1\napply m "
     "2\ncall Tanh 3\noutput y 4\n"},
    {"conv_twice", 2,
     IMAGE("8 5 5") "module m Conv2d in_channels=8 out_channels=8 kernel_size=3 padding=1\napply m 0\ncall "
                    "Tanh 1\napply m 2\noutput y 3\n"},
    {"layer_norm", 3, "input x x features 7\nmodule m LayerNorm normalized_shape=7\napply m 0\noutput y 1\n"},
    {"layer_norm_tokens", 2,
     "input x x tokens 5 6\nmodule m LayerNorm normalized_shape=6 eps=0.01\napply m 0\noutput y 1\n"},
    {"rms_norm", 3, "input x x features 9\nmodule m RMSNorm normalized_shape=9\napply m 0\noutput y 1\n"},
    {"rms_norm_tokens", 2,
     "input x x tokens 4 8\nmodule m RMSNorm normalized_shape=8\napply m 0\noutput y 1\n"},
    {"group_norm_1", 2,
     IMAGE("5 3 4") "module m GroupNorm num_groups=1 num_channels=5\napply m 0\ncall ReLU 1\noutput y 2\n"},
    {"group_norm_3", 2,
     "input x x series 6 7\nmodule m GroupNorm num_groups=3 num_channels=6 eps=0.001\napply m 0\noutput y "
     "1\n"},
    {"two_outputs", 3,
     "input x x features 4\nmodule m Linear in_features=4 out_features=3\napply m 0\ncall Tanh 1\noutput "
     "mean 1\noutput logvar 2\n"},
    {"series_of_a_vector", 2,
     "input x x series 3 5\ninput c cond features 3\ncall add 1 0\ncall GELU 2\noutput y 3\n"},
};
enum { LAYER_TEXTS = sizeof layer_texts / sizeof *layer_texts };

#endif
