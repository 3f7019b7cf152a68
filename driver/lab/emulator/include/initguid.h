/* Turns the DEFINE_GUID lines of the headers that follow into definitions. */
#ifndef INITGUID
#define INITGUID
#endif
#include <guiddef.h>
