/* handles.c - objects of the core as numbers: a handle is a place in a table and how often that place has been used. */
#include "api/handles.h"

#include <math.h>
#include <stdlib.h>

/* A handle is uses * PLACES + place: below 2^53, so that a double holds it. */
#define PLACES 1048576.0
#define MOST_USES 4294967295.0

typedef struct entry {
    void *object; /* NULL: free */
    int kind;
    uint32_t uses;
    uint32_t keepers; /* how many others use it */
    uint32_t kept[NBW_MOST_KEPT];
    int kept_count;
} entry;

static entry *table;
static uint32_t table_size, living;

uint32_t nbw_living(void) { return living; }

static bool grow(void)
{
    const uint32_t size = table_size ? 2 * table_size : 64;
    if (size >= (uint32_t)PLACES) return false;
    entry *const larger = realloc(table, size * sizeof *larger);
    if (larger == NULL) return false;
    for (uint32_t i = table_size; i < size; i++) larger[i] = (entry){.object = NULL};
    table = larger;
    table_size = size;
    return true;
}

/* The first free place, table_size if there is none. Place 0 is never used: 0 is no handle. */
static uint32_t free_place(void)
{
    for (uint32_t i = 1; i < table_size; i++)
        if (table[i].object == NULL && table[i].uses < UINT32_MAX) return i;
    return table_size;
}

bool nbw_room_for_handle(void) { return free_place() < table_size || grow(); }

double nbw_handle_add(int kind, void *object, const uint32_t *kept, int kept_count)
{
    const uint32_t place = free_place();
    entry *const e = &table[place];
    *e = (entry){.object = object, .kind = kind, .uses = e->uses + 1, .kept_count = kept_count};
    for (int i = 0; i < kept_count; i++) {
        e->kept[i] = kept[i];
        table[kept[i]].keepers++;
    }
    living++;
    return (double)e->uses * PLACES + (double)place;
}

nbw_found nbw_handle_find(double handle, uint32_t *place)
{
    if (!(handle > 0) || handle > MOST_USES * PLACES + PLACES || handle != floor(handle)) return NBW_NEVER;
    const double uses = floor(handle / PLACES);
    const double at = handle - uses * PLACES;
    if (at < 1 || at >= (double)table_size) return NBW_NEVER;
    *place = (uint32_t)at;
    const entry *const e = &table[*place];
    if (uses < 1 || uses > (double)e->uses) return NBW_NEVER;
    return uses < (double)e->uses || e->object == NULL ? NBW_ENDED : NBW_LIVES;
}

int nbw_handle_kind(uint32_t place) { return table[place].kind; }
void *nbw_handle_object(uint32_t place) { return table[place].object; }

int nbw_handle_keeper(uint32_t place)
{
    if (table[place].keepers == 0) return -1;
    for (uint32_t i = 1; i < table_size; i++) {
        if (table[i].object == NULL) continue;
        for (int k = 0; k < table[i].kept_count; k++)
            if (table[i].kept[k] == place) return table[i].kind;
    }
    return -1;
}

void *nbw_handle_remove(uint32_t place)
{
    entry *const e = &table[place];
    void *const object = e->object;
    for (int i = 0; i < e->kept_count; i++) table[e->kept[i]].keepers--;
    e->object = NULL;
    living--;
    return object;
}
