// What to answer when something that was asked over HTTP could not be done.
#pragma once

#include "base/error.h"
#include "http/http_server.h"

namespace teller {

// 400 for what the asker can mend, 503 for what may pass (the journal that was away for as long as it was
// tried among it), 500 for the rest.
[[nodiscard]] HttpResponse failed_answer(const Error& error);

}  // namespace teller
