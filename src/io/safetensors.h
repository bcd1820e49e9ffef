/* safetensors.h - named arrays in one file.
 *
 * Format (Hugging Face, safetensors 0.x): 8 bytes little-endian header length, a JSON object {name: {dtype,
 * shape, data_offsets}}, the numbers. Strict, as the reference reader: tensors cover the data without gap or
 * overlap. */
#ifndef NB_IO_SAFETENSORS_H
#define NB_IO_SAFETENSORS_H

#include "noisebook.h"

enum { NB_ST_MOST_TENSORS = 512, NB_ST_MOST_NAME = 96, NB_ST_MOST_NOTES = 64, NB_ST_MOST_HEADER = 1 << 20 };

typedef enum nb_st_dtype {
    NB_ST_F32,
    NB_ST_F64,
    NB_ST_F16,
    NB_ST_BF16,
    NB_ST_I32,
    NB_ST_I64,
    NB_ST_U8,
    NB_ST_DTYPES
} nb_st_dtype;

typedef struct nb_st_dtype_info {
    const char *name; /* as the header spells it */
    size_t bytes;
    bool real; /* nb_safetensors_float reads it */
} nb_st_dtype_info;

extern const nb_st_dtype_info nb_st_dtypes[NB_ST_DTYPES];

typedef struct nb_st_tensor {
    char name[NB_ST_MOST_NAME];
    nb_st_dtype dtype;
    int rank;
    size_t shape[4];
    size_t begin, end;   /* bytes in the data */
    const uint8_t *data; /* into the file when reading; what to write when writing */
} nb_st_tensor;

/* An entry of __metadata__, without escapes. */
typedef struct nb_st_note {
    char name[32], value[64];
} nb_st_note;

typedef struct nb_safetensors {
    size_t count, notes;
    nb_st_tensor tensors[NB_ST_MOST_TENSORS];
    nb_st_note note[NB_ST_MOST_NOTES]; /* read: those that fit, which ours do */
    const char
        *graph; /* the entry "graph" of __metadata__, of any length, or NULL: to write as it is; read, as */
    size_t graph_length; /* the header has it, for nb_safetensors_graph */
} nb_safetensors;

/* Fills st with views into file. NB_ERR_FORMAT for anything that is not exactly the format. */
nb_status nb_safetensors_read(const uint8_t *file, size_t size, nb_safetensors *st, nb_error *err);
const nb_st_tensor *nb_safetensors_find(const nb_safetensors *st, const char *name); /* or NULL */

/* Number i of a tensor of floating-point numbers as float32; infinite where that is beyond its range. */
float nb_safetensors_float(const nb_st_tensor *t, size_t i);
const char *nb_safetensors_note(const nb_safetensors *st, const char *name); /* its value, or NULL */

/* The entry "graph" without its escapes, malloc'ed for the caller; NULL in *out where there is none. NB_ERR_FORMAT for other
 * than ASCII. */
nb_status nb_safetensors_graph(const nb_safetensors *st, char **out, nb_error *err);

/* Appends an entry of __metadata__: text without quotes, backslashes and control characters. */
void nb_safetensors_add_note(nb_safetensors *st, const char *name, const char *value);
/* Appends a tensor to be written; data is borrowed until then. */
void nb_safetensors_add(nb_safetensors *st, const char *name, nb_st_dtype dtype, int rank,
                        const size_t *shape, const void *data);
/* *out is malloc'ed for the caller. */
nb_status nb_safetensors_write(const nb_safetensors *st, uint8_t **out, size_t *size, nb_error *err);

#endif
