/* crc32.h - a checksum of bytes. */
#ifndef NB_BASE_CRC32_H
#define NB_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* As zlib's (polynomial 0xedb88320). */
static inline uint32_t nb_crc32(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

#endif
