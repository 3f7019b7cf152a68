/* AF_UNSPEC, AF_INET and AF_INET6 of ws2def.h, as the filter engine takes them. Linux numbers its own otherwise. */
#ifndef PR_ADDRESS_FAMILY_H
#define PR_ADDRESS_FAMILY_H

#define PR_AF_UNSPEC 0
#define PR_AF_INET   2
#define PR_AF_INET6  23

#endif
