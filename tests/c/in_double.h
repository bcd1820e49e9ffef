/* in_double.h - the layers and networks in double: included before everything else of a second build of base, nn, models
 * and the scalar kernels (noisebook_double in CMakeLists.txt) and of the tests named *_in_double.c.
 *
 * From here on `float` is double. The code is the one that is shipped, line by line, but differences of a loss
 * are now exact enough to tell a right gradient from one that is wrong in the eighth digit. */
#ifndef NB_TESTS_IN_DOUBLE_H
#define NB_TESTS_IN_DOUBLE_H

/* The system's headers keep their floats. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __clang__
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define float double
#define sqrtf sqrt
#define fabsf fabs

#endif
