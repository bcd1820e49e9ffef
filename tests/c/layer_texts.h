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
    {"max_pool_3", 2, IMAGE("3 7 9") "call MaxPool2d 0 kernel_size=3\noutput y 1\n"},
    {"max_pool_series", 2, "input x x series 5 9\ncall MaxPool1d 0\noutput y 1\n"},
    {"linear_series", 2, "input x x series 3 5\ncall Upsample 0 mode=linear\noutput y 1\n"},
    {"flatten", 2, IMAGE("3 2 5") "call Flatten 0\ncall Tanh 1\noutput y 2\n"},
    {"flatten_tokens", 2, "input x x tokens 3 5\ncall Flatten 0\ncall mul 1 1\noutput y 2\n"},
    {"flatten_and_back", 2,
     IMAGE("3 4 5") "call Tanh 0\ncall Flatten 1 start_dim=2\ncall transpose 2\ncall mul 3 3\ncall transpose "
                    "4\ncall reshape 5 size_1=3 size_2=4 size_3=5\ncall add 6 1\noutput y 7\n"},
    {"reshape_tokens", 2,
     "input x x features 30\nmodule m Linear in_features=6 out_features=4\ncall Tanh 0\ncall reshape 1 "
     "size_1=5 size_2=6\napply m 2\noutput y 3\n"},
    {"reshape_image", 2,
     "input x x features 24\ncall reshape 0 size_1=2 size_2=3 size_3=4\ncall Tanh 1\ncall add 1 2\ncall "
     "Flatten 3\ncall add 4 0\noutput y 5\n"},
    {"reshape_series", 2,
     IMAGE("2 3 4") "call reshape 0 size_1=6 size_2=4 axes=series\ncall Tanh 1\ncall reshape 2 size_1=8 "
                    "size_2=3\ncall reshape 3 size_1=4 size_2=6 axes=series\noutput y 4\n"},
    {"patchify", 2,
     IMAGE("3 4 6") "module m Linear in_features=12 out_features=12\ncall Tanh 0\ncall patchify 1 "
                    "patch_size=2\napply m 2\ncall unpatchify 3 patch_size=2 height=4 width=6\ncall mul 4 "
                    "1\noutput y 5\n"},
    {"patches_of_conv", 2,
     IMAGE("1 6 4") "module a Conv2d in_channels=1 out_channels=5 kernel_size=3 padding=1\nmodule b Conv2d "
                    "in_channels=5 out_channels=3 kernel_size=3 padding=1\napply a 0\ncall patchify 1 "
                    "patch_size=2\ncall unpatchify 2 patch_size=2 height=6 width=4\napply b 3\ncall add 1 "
                    "3\noutput y 4\noutput z 5\n"},
    {"mean_tokens", 3, "input x x tokens 5 7\ncall mean 0 dim=1\ncall Tanh 1\noutput y 2\n"},
    {"mean_series", 2, "input x x series 6 5\ncall Tanh 0\ncall mean 1 dim=2\ncall mul 1 2\noutput y 3\n"},
    {"narrow", 3,
     "input x x features 11\ncall narrow 0 dim=1 start=3 length=5\ncall narrow 0 dim=1 start=0 "
     "length=5\ncall mul 1 2\noutput y 3\n"},
    {"narrow_channels", 2,
     IMAGE("7 3 2") "call narrow 0 dim=1 start=2 length=5\ncall Tanh 0\ncall narrow 2 dim=1 start=0 "
                    "length=5\ncall add 1 3\noutput y 4\n"},
    {"narrow_tokens", 2,
     "input x x tokens 6 5\ncall narrow 0 dim=1 start=1 length=3\ncall narrow 1 dim=2 start=2 length=3\ncall "
     "Tanh 0\ncall narrow 3 dim=1 start=3 length=3\ncall mul 1 4\noutput y 2\noutput z 5\n"},
    {"narrow_series", 2,
     "input x x series 3 8\ncall narrow 0 dim=2 start=5 length=2\ncall narrow 0 dim=2 start=0 length=2\ncall "
     "mul 1 2\noutput y 3\n"},
    {"cat_three", 2,
     IMAGE(
         "3 2 4") "call Tanh 0\ncall Sigmoid 0\ncall cat 0 1 2\ncall cat 3 1 0 2\ncall GELU 4\noutput y 5\n"},
    {"cat_tokens", 2,
     "input x x tokens 3 5\ninput words tokens 4 9\nmodule m Embedding num_embeddings=9 "
     "embedding_dim=5\napply m 1\ncall cat 2 0 2\ncall mul 3 3\noutput y 4\n"},
    {"cat_token_features", 2,
     "input x x tokens 3 5\ncall Tanh 0\ncall cat 0 1 0 dim=2\ncall mul 2 2\noutput y 3\n"},
    {"cat_series", 2,
     "input x x series 3 5\ncall Tanh 0\ncall cat 1 0 dim=2\ncall cat 2 2 dim=1\ncall mul 3 3\noutput y 4\n"},
    {"scale", 2,
     IMAGE("3 2 4") "call scale 0 factor=-1.5\ncall add 0 1\ncall scale 2 factor=0.5\noutput y 3\n"},
    {"parameter", 3,
     "input x x features 5\nmodule p Parameter size_1=5\napply p\ncall add 0 1\ncall mul 2 1\noutput y 3\n"},
    {"parameter_tokens", 2,
     "input x x tokens 3 6\nmodule p Parameter size_1=3 size_2=6\nmodule c Parameter size_1=1 "
     "size_2=6\napply p\napply c\ncall add 0 1\ncall cat 2 3\ncall mul 4 4\noutput y 5\n"},
    {"positions", 2,
     "input x x tokens 4 6\ncall positions tokens=4 features=6\ncall add 0 1\ncall mul 2 1\noutput y 3\n"},
    {"attention_weights", 2, "input x x tokens 5 7\ncall Tanh 0\ncall attention_weights 0 1\noutput y 2\n"},
    {"attention_of_heads", 2,
     "input x x tokens 5 16\nmodule q Linear in_features=16 out_features=16\nmodule k Linear in_features=16 "
     "out_features=16 bias=0\nmodule v Linear in_features=16 out_features=8\napply q 0\napply k 0\napply v "
     "0\ncall "
     "attention_weights 1 2 num_heads=2\ncall matmul 4 3 num_heads=2\noutput y 5\noutput weights 4\n"},
    {"cross_attention", 2,
     "input x x tokens 6 8\ninput words tokens 4 9\nmodule m Embedding num_embeddings=9 "
     "embedding_dim=8\napply m 1\ncall attention_weights 0 2 num_heads=2\ncall matmul 3 2 num_heads=2\ncall "
     "add 0 4\noutput y 5\n"},
    {"matmul", 2,
     "input x x tokens 3 5\ninput c cond tokens 5 7\ncall matmul 0 1\ncall Tanh 2\noutput y 3\n"},
    {"conv_1_stride", 2,
     IMAGE(
         "4 5 6") "module m Conv2d in_channels=4 out_channels=6 kernel_size=1 stride=2\napply m 0\noutput y "
                  "1\n"},
    {"conv_1_padding", 2,
     IMAGE("4 5 6") "module m Conv2d in_channels=4 out_channels=8 kernel_size=1 stride=2 padding=1 "
                    "groups=2\napply m 0\noutput y 1\n"},
    {"conv_of_a_row", 2,
     IMAGE("3 1 6") "module m Conv2d in_channels=3 out_channels=4 kernel_size=3 padding=1 groups=1\nmodule k "
                    "Conv2d in_channels=4 out_channels=2 kernel_size=1 padding=1\napply m 0\napply k "
                    "1\noutput y 2\n"},
    {"dropout", 2, "input x x features 5\ncall Dropout 0 p=0.3\noutput y 1\n"},
};
enum { LAYER_TEXTS = sizeof layer_texts / sizeof *layer_texts };

#endif
