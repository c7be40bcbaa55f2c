// Configurations in a sector of fixed magnetisation.
#pragma once

#include "CKTypes.h"

/// y[r,i] = 1 where the spins before site i of configuration r leave open which way its own spin points, if
/// there are to be `up_spins` up spins in all; 0 where they decide it. s holds ±1, s and y are (rows, sites).
void ck_free_sites(ck_type type, const void *s, void *y, long rows, long sites, long up_spins);
