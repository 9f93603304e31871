private import Jobs
internal import LagoAPI
internal import LagoEvents
private import Logging
private import Money
private import Notices
internal import Store

// The lists that a sweep reads.

extension Sweep {
    private static let week: Int64 = 7 * 86_400_000

    /// Reads a list to its end, and works it page by page.
    ///
    /// - Parameter work: what a page's objects show, and what they write; `seenAt` is from before they were asked for.
    private func eachPage<Object>(
        _ pages: LagoPages<Object>,
        _ phase: Phase,
        from first: Int,
        work: (_ objects: [Object], _ seenAt: Int64) async throws -> (findings: [Finding], writes: Writes)
    ) async throws {
        var batches = pages.starting(at: first).batches.makeAsyncIterator()
        while true {
            let seenAt = self.now()
            guard let batch = try await self.asking({ try await batches.next() }) else { return }
            var step = SweepStep(phase: phase.rawValue, page: batch.page + 1)
            (step.seen, step.skipped) = (batch.objects.count, batch.unreadable.count)
            for error in batch.unreadable {
                self.logger.error("object skipped", metadata: ["list": "\(phase.rawValue)", "error": "\(error)"])
            }
            let (findings, writes) = try await work(batch.objects, seenAt)
            try await self.conclude(step, findings, writes)
            if batch.page.isMultiple(of: 20) {
                self.logger.info("sweeping", metadata: ["list": "\(phase.rawValue)", "page": "\(batch.page)"])
            }
        }
    }

    func readWallets(from page: Int) async throws {
        try await self.eachPage(self.client.wallets(), .wallets, from: page) { wallets, seenAt in
            let active = wallets.filter(\.isActive)
            let ruled = self.kind == .sweep ? active.first(where: \.hasThresholdRule) : nil
            let alerts = try ruled.map { try self.outbox.ownRule($0) } ?? []
            let expiring = try await self.expiring(active)
            return (
                wallets.map { Finding(facts: Fact.shown(by: $0), member: LagoWallet.member, json: $0.json) },
                { transaction in
                    for alert in alerts { try transaction.send(alert, at: seenAt) }
                    for job in expiring { try transaction.enqueue(job, .keep(dueAt: seenAt), at: seenAt) }
                    for wallet in wallets {
                        try transaction.save(MirroredWallet(wallet, seenAt: seenAt))
                        try transaction.mark(wallet: wallet.id, as: wallet.sweepMark)
                    }
                    for wallet in active { try transaction.scheduleIfAbsent(.first(at: wallet, now: seenAt)) }
                }
            )
        }
    }

    /// The tellings of credits that will be lost within a week, of which nobody was told yet.
    private func expiring(_ wallets: [LagoWallet]) async throws -> [NewJob] {
        let now = self.now()
        var jobs: [NewJob] = []
        for wallet in wallets where wallet.balanceCents > 0 {
            guard let at = wallet.expiresAt, at > now, at - now <= Self.week else { continue }
            let (kind, customer) = (MessageKind.creditsExpiring, CustomerID(rawValue: wallet.externalCustomerID))
            let announcement = Announcement(kind, id: wallet.id, detail: "\(at)", at: now)
            let fact = "wallet/\(wallet.id)/expiring/\(at)"
            guard try await !self.store.hasMessage(kind: kind.rawValue, customer: customer, fact: fact) else {
                continue
            }
            jobs.append(try announcement.job(of: customer))
        }
        return jobs
    }

    func readInvoices(_ pages: LagoPages<LagoInvoice>, _ phase: Phase, from page: Int) async throws {
        try await self.eachPage(pages, phase, from: page) { invoices, seenAt in
            (try await self.findings(invoices), Self.saving(invoices, at: seenAt))
        }
    }

    /// Invoices that were to be paid and are in no list any more: paid, voided, or gone.
    func readLeftInvoices() async throws {
        var last = ""
        var troubles = Troubles()
        while true {
            let ids = try await self.store.openInvoices(notSeenSince: self.startedAt, after: last, limit: 50)
            guard let end = ids.last else { return }
            for id in ids {
                do {
                    try await self.readLeftInvoice(id)
                    troubles.end()
                } catch let error as LagoError {
                    try troubles.note(error)
                    self.logger.error("invoice skipped", metadata: ["invoice": "\(id)", "error": "\(error)"])
                    try await self.skip(.leftInvoices)
                }
            }
            last = end
        }
    }

    private func readLeftInvoice(_ id: String) async throws {
        var step = SweepStep(phase: Phase.leftInvoices.rawValue, page: 1)
        let seenAt = self.now()
        do {
            let invoice = try await self.asking { try await self.client.invoice(id: id) }
            step.seen = 1
            try await self.conclude(step, self.findings([invoice]), Self.saving([invoice], at: seenAt))
        } catch LagoError.notFound {
            try await self.conclude(step, []) { try $0.forget(invoice: id, at: seenAt) }
        }
    }

    /// What Lago gives no time for happened after the invoice was last seen otherwise.
    private func findings(_ invoices: [LagoInvoice]) async throws -> [Finding] {
        let known = try await self.store.invoices(invoices.map(\.id))
        return invoices.map { invoice in
            let before = known[invoice.id]
            let earlier = before.flatMap { try? LagoInvoice(json: $0.object) }.map { Fact.shown(by: $0) } ?? []
            let facts = Fact.shown(by: invoice).map { fact in
                let isNew = !earlier.contains { $0.key == fact.key }
                return isNew ? fact.notBefore(before?.seenAt) : fact
            }
            return Finding(
                facts: facts,
                member: LagoInvoice.member,
                json: invoice.json,
                sellsCredits: invoice.kind == LagoInvoice.Kind.credit.rawValue
            )
        }
    }

    private static func saving(_ invoices: [LagoInvoice], at seenAt: Int64) -> Writes {
        { transaction in for invoice in invoices { try transaction.save(MirroredInvoice(invoice, seenAt: seenAt)) } }
    }

    func readSubscriptions(from page: Int) async throws {
        let pages = self.client.subscriptions(statuses: LagoSubscription.Status.allCases)
        try await self.eachPage(pages, .subscriptions, from: page) { subscriptions, seenAt in
            (
                subscriptions.map {
                    Finding(facts: Fact.shown(by: $0), member: LagoSubscription.member, json: $0.json)
                },
                { transaction in
                    for item in subscriptions { try transaction.save(MirroredSubscription(item, seenAt: seenAt)) }
                }
            )
        }
    }

    /// Who customers are is no fact; mails ask for it themselves.
    func readCustomers(from page: Int) async throws {
        try await self.eachPage(self.client.customers(), .customers, from: page) { customers, seenAt in
            (
                [],
                { transaction in for item in customers { try transaction.save(MirroredCustomer(item, seenAt: seenAt)) }
                }
            )
        }
    }

    func readCreditNotes(from page: Int) async throws {
        let since = self.kind == .baseline ? nil : self.startedAt - Self.recent
        let pages = self.client.creditNotes(LagoCreditNoteFilter(issuedFrom: since))
        try await self.eachPage(pages, .creditNotes, from: page) { notes, seenAt in
            var owned: [(note: LagoCreditNote, customer: CustomerID)] = []
            for note in notes {
                if let customer = try await self.customer(of: note) { owned.append((note, customer)) }
            }
            return (
                owned.map {
                    Finding(
                        facts: Fact.shown(by: $0.note, of: $0.customer),
                        member: LagoCreditNote.member,
                        json: $0.note.json
                    )
                },
                { [owned] transaction in
                    for (note, customer) in owned {
                        try transaction.save(MirroredCreditNote(note, of: customer, seenAt: seenAt))
                    }
                }
            )
        }
    }

    /// The list does not tell whose a credit note is; its invoice does.
    private func customer(of note: LagoCreditNote) async throws -> CustomerID? {
        if let customer = note.externalCustomerID { return CustomerID(rawValue: customer) }
        if let customer = try await self.store.customer(ofInvoice: note.invoiceID) { return customer }
        do {
            let invoice = try await self.asking { try await self.client.invoice(id: note.invoiceID) }
            return CustomerID(rawValue: invoice.externalCustomerID)
        } catch LagoError.notFound {
            return nil
        }
    }
}

extension LagoWallet {
    /// All that changes with its transactions.
    fileprivate var sweepMark: String {
        let parts: [Any?] = [self.status, self.balanceCents, self.credits.consumed, self.lastBalanceSyncAt]
        return parts.map { $0.map { "\($0)" } ?? "-" }.joined(separator: "/")
    }
}

extension ScheduledLook {
    /// The first look at a customer: whoever has few credits comes before who has many.
    fileprivate static func first(at wallet: LagoWallet, now: Int64) -> ScheduledLook {
        let credits = max(0, wallet.credits.balance.units) / 100_000
        return ScheduledLook(
            customer: CustomerID(rawValue: wallet.externalCustomerID),
            pace: .far,
            dueAt: now + min(credits, 60_000),
            interval: 900_000
        )
    }
}

extension Fact {
    /// The same, which cannot have happened before this time.
    fileprivate func notBefore(_ time: Int64?) -> Fact {
        guard let time, time > self.notBefore ?? 0 else { return self }
        return Fact(
            self.subject,
            id: self.id,
            self.what,
            type: self.type,
            customer: self.customer,
            at: self.at,
            notBefore: time
        )
    }
}
