// What can be read of a count over HTTP: /v1/head, /v1/totals, /v1/digest, /v1/statements/latest and
// /v1/checkpoint (schema/http.yaml).
//
// Each answer is one snapshot of the store and says as of which commit. A store that cannot be read
// answers 503: the same request may succeed later. Pages of named origins may read all of them.
#pragma once

#include "election/definition.h"
#include "http/http_server.h"
#include "store/count_store.h"
#include "store/statement_store.h"

namespace teller {

class EarlierTotals;

// What `definition` points to, `counted` and `stated` (mostly parts of one store) outlive the server. Its threads
// read them.
// `earlier` too: what as_of of longer ago is answered from.
void add_read_routes(HttpRouter& router, Definition definition, CountReader& counted,
                     StatementStore& stated, const EarlierTotals* earlier = nullptr);

}  // namespace teller
