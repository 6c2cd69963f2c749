// GET /v1/totals: the figures of a count, or the part of them that is asked for (schema/http.yaml).
//
// Each answer is one snapshot of the store. Its ETag is the commit: who sends it back as If-None-Match
// is told 304 until something else is committed. It goes out compressed to who takes it so.
#pragma once

#include "election/definition.h"
#include "http/http_server.h"
#include "store/count_store.h"

namespace teller {

// Handlers read the store from the server's threads. What `definition` points to and `store` outlive
// the answer.
void answer_totals(const Definition& definition, CountReader& store, const HttpRequest& request,
                   const HttpResponder& responder);

}  // namespace teller
