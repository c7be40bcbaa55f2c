#pragma once
int cmpi_max_error_string(void);
