#include "CKSectors.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "sectors_template.h"

#include "precision_single.h"
#include "sectors_template.h"

void ck_free_sites(ck_type type, const void *s, void *y, long rows, long sites, long up_spins) {
  CK_BY_REAL_TYPE(type, ck_free_sites, s, y, rows, sites, up_spins)
}
