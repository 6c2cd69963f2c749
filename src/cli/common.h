// All that commands share, for those that do not say yet what of it they need.
#pragma once

#include "cli/command.h"
#include "cli/open.h"
#include "cli/table.h"
