// Configurations in a sector of fixed magnetisation.
#pragma once

/// y[r,i] = 1 where the spins before site i of configuration r leave open which way its own spin points, if
/// there are to be `up_spins` up spins in all; 0 where they decide it. s holds ±1, s and y are (rows, sites).
void ck_free_sites_d(const double *s, double *y, long rows, long sites, long up_spins);
void ck_free_sites_s(const float *s, float *y, long rows, long sites, long up_spins);
