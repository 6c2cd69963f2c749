// A store: where a count keeps what it has committed, signed and decided. Five ports, so that each
// part of the program asks for no more than it needs:
//
//   CountStore      count_store.h      commits, positions, totals, incidents: the engine;
//                                      readers have its CountReader
//   StatementStore  statement_store.h  signed statements: publisher, export, recovery
//   AuditStore      audit_store.h      the audit log and officers' actions: operate, verify
//   DeliveryStore   delivery_store.h   deliveries of result sheets: deliver, readers
//   DefinitionStore definition_store.h what is counted and how it is called: verify, publisher
//
// Adapters: store_memory.h, store_sqlite.h (embedded), store_postgres.h (service). All pass
// store_contract.h. The SQL of both databases is in schema/sql.
#pragma once

#include "store/audit_store.h"
#include "store/count_store.h"
#include "store/definition_store.h"
#include "store/delivery_store.h"
#include "store/statement_store.h"

namespace teller {

// What an adapter is, and what whoever opens a store holds. One owner, one thread at a time.
class Store : public CountStore,
              public StatementStore,
              public AuditStore,
              public DeliveryStore,
              public DefinitionStore {};

}  // namespace teller
