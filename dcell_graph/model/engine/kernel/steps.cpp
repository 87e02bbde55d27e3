// The work of a pass for one instruction set. The build compiles this file once for each, with DCELL_SET naming the set
// and the compiler told to use it.
#include "adam.h"
#include "backward.h"
#include "forward.h"

#define DCELL_JOIN(set, tail) set##tail
#define DCELL_STEPS(set) DCELL_JOIN(set, _STEPS)
#define DCELL_QUOTE(set) #set
#define DCELL_NAME(set) DCELL_QUOTE(set)

const Steps DCELL_STEPS(DCELL_SET) = {
    DCELL_SET::values, DCELL_SET::product, DCELL_SET::collect, DCELL_SET::gradients, DCELL_SET::whole_states,
    DCELL_SET::adam, DCELL_NAME(DCELL_SET),
};
