/* Writes an action into FWPS_CLASSIFY_OUT0 by the rules of arbitration (R5-R8, R22, R59). */
#include "edge.h"

static BOOLEAN may_write(const FWPS_CLASSIFY_OUT0 *out)
{
    return (out->rights & FWPS_RIGHT_ACTION_WRITE) != 0;
}

VOID pr_out_permit(const FWPS_FILTER1 *filter, FWPS_CLASSIFY_OUT0 *out)
{
    if (!may_write(out)) {
        return;
    }
    out->actionType = FWP_ACTION_PERMIT;
    out->flags &= ~(UINT32)FWPS_CLASSIFY_OUT_FLAG_ABSORB;
    if ((filter->flags & FWPS_FILTER_FLAG_CLEAR_ACTION_RIGHT) != 0) {
        out->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
    }
}

VOID pr_out_continue(FWPS_CLASSIFY_OUT0 *out)
{
    if (may_write(out)) {
        out->actionType = FWP_ACTION_CONTINUE;
    }
}

static VOID block(FWPS_CLASSIFY_OUT0 *out, UINT32 flags)
{
    if (!may_write(out) && out->actionType == FWP_ACTION_BLOCK) {
        return;
    }
    out->actionType = FWP_ACTION_BLOCK;
    out->flags = (out->flags & ~(UINT32)FWPS_CLASSIFY_OUT_FLAG_ABSORB) | flags;
    out->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
}

VOID pr_out_block(FWPS_CLASSIFY_OUT0 *out)
{
    block(out, 0);
}

VOID pr_out_absorb(FWPS_CLASSIFY_OUT0 *out)
{
    block(out, FWPS_CLASSIFY_OUT_FLAG_ABSORB);
}
