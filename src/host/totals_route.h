// GET /v1/totals: the figures of a count, or the part of them that is asked for (schema/http.yaml).
//
// Each answer is one snapshot of the store: the last one or, with as_of, one that was told a moment ago or was kept (earlier_totals.h). Its ETag is the commit: who sends it back as If-None-Match
// is told 304 until something else is committed. It goes out compressed to who takes it so.
#pragma once

#include "election/definition.h"
#include "http/http_server.h"
#include "store/count_store.h"

namespace teller {

class EarlierTotals;
class RecentTotals;

// Handlers read the store from the server's threads. What `definition` points to, `store` and `recent`,
// which is of that store, outlive the answer; `earlier` too, null: none are kept.
void answer_totals(const Definition& definition, CountReader& store, RecentTotals& recent,
                   const EarlierTotals* earlier, const HttpRequest& request,
                   const HttpResponder& responder);

}  // namespace teller
