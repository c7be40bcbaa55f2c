#pragma once
int chdf5_open_library(void);
