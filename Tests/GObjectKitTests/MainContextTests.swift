// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct MainContextTests {
    @Test func `later is later, in the context's thread, and once`() {
        let context = MainContext()
        let runs = Shared(0)
        context.invokeLater { runs.update { $0 += 1 } }
        #expect(runs.value == 0)
        context.drain()
        context.drain()
        #expect(runs.value == 1)
    }

    @Test func `a higher priority goes first`() {
        let context = MainContext()
        let order = Shared<[Int]>([])
        context.invokeLater(priority: 10) { order.update { $0.append(10) } }
        context.invokeLater(priority: -10) { order.update { $0.append(-10) } }
        context.drain()
        #expect(order.value == [-10, 10])
    }

    @Test func `a closure is freed when it has run, and when it never runs`() {
        let counter = LiveCounter()
        func plant(_ context: MainContext) {
            let witness = Witness(counter)
            context.invokeLater { witness.touch() }
        }
        let running = MainContext()
        plant(running)
        running.drain()
        #expect(counter.live == 0)
        do {
            let dropped = MainContext()
            plant(dropped)
            #expect(counter.live == 1)
        }
        #expect(counter.live == 0)
    }

    @Test func `the thread default is what was pushed, and the global context otherwise`() {
        let context = MainContext()
        #expect(context.asThreadDefault { MainContext.threadDefault().pointer } == context.pointer)
        onThread { #expect(MainContext.threadDefault().pointer == MainContext(retaining: nil).pointer) }
    }

    @Test func `one thread owns a context at a time`() {
        let context = MainContext()
        #expect(context.tryAcquire())
        #expect(context.isOwner)
        onThread {
            #expect(!context.tryAcquire())
            #expect(!context.isOwner)
        }
        context.release()
        onThread {
            #expect(context.tryAcquire())
            context.release()
        }
    }

    @Test func `wake up ends a wait from another thread`() {
        let context = MainContext()
        context.wakeUp()
        context.iterate(mayBlock: true)
    }
}
