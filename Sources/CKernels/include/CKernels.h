#pragma once
void ck_placeholder(void);
