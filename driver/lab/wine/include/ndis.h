/* Network buffers as the emulator makes them: the same for Wine as in the lab. */
#include "../../emulator/include/ndis.h"
