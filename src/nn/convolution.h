/* convolution.h - the settings of convolutions, in PyTorch's order. */
#ifndef NB_NN_CONVOLUTION_H
#define NB_NN_CONVOLUTION_H

/* groups is Conv2d's, output_padding (0 or 1) ConvTranspose2d's. */
enum {
    NB_CONV_IN,
    NB_CONV_OUT,
    NB_CONV_KERNEL,
    NB_CONV_STRIDE,
    NB_CONV_PADDING,
    NB_CONV_GROUPS,
    NB_CONV_BIAS
};
enum { NB_CONV_OUTPUT_PADDING = NB_CONV_GROUPS, NB_MOST_KERNEL = 7 };

#endif
