/* handles.h - the table behind the handles. */
#ifndef NB_API_HANDLES_H
#define NB_API_HANDLES_H

#include "api/bridge.h"

typedef enum nbw_found { NBW_NEVER, NBW_ENDED, NBW_LIVES } nbw_found;

/* What a handle stands for; *place is set for one that lives or has lived. */
nbw_found nbw_handle_find(double handle, uint32_t *place);
int nbw_handle_kind(uint32_t place);
void *nbw_handle_object(uint32_t place);
/* The kind of an object that uses this one, -1 if none does. */
int nbw_handle_keeper(uint32_t place);

bool nbw_room_for_handle(void); /* false: no memory */
/* With room for it. kept: the places of what the object uses. */
double nbw_handle_add(int kind, void *object, const uint32_t *kept, int kept_count);
void *nbw_handle_remove(uint32_t place); /* the object, which is the caller's again */

uint32_t nbw_living(void);

#endif
