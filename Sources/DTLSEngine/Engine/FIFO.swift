// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A first-in, first-out queue: amortised O(1) at both ends, and no large storage kept while it is empty.
@usableFromInline
package struct FIFO<Element> {
    // Inlinable, so that the driver's queues are compiled for what they hold: this is the data path.
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var head = 0

    /// Storage for more elements than these is given back when the queue is empty.
    @inlinable static var keptCapacity: Int { 16 }

    @inlinable package init() {}

    @inlinable package var isEmpty: Bool { head == elements.count }
    @inlinable package var count: Int { elements.count - head }

    /// The element that ``popFirst()`` takes next.
    @inlinable package var first: Element? { isEmpty ? nil : elements[head] }

    @inlinable package mutating func append(_ element: Element) {
        elements.append(element)
    }

    @inlinable package mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        // The only element, as most of the time: nothing is moved, and the storage stays for the next.
        if elements.count == 1, elements.capacity <= Self.keptCapacity { return elements.removeLast() }
        let first = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCapacity)
            head = 0
        } else if head > 64, head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }

    @inlinable package mutating func removeAll() {
        elements = []
        head = 0
    }

    /// Takes away and returns what was appended when the queue had `count` elements and since.
    @inlinable package mutating func takeAll(after count: Int) -> [Element] {
        let start = min(head + count, elements.count)
        let taken = elements[start...].compactMap { $0 }
        elements.removeSubrange(start...)
        return taken
    }
}
