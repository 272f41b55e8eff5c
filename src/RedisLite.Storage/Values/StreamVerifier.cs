using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>Checks the invariants of a stream's blocks, for tests and DEBUG commands. Same locks as reading.</summary>
internal static unsafe class StreamVerifier
{
    /// <exception cref="InvalidOperationException">An invariant does not hold; the message says which.</exception>
    public static void Verify(StreamHead* head)
    {
        ValueVerifier.VerifyTree(&head->Entries, isOrdered: true);
        ValueVerifier.VerifyTree(&head->Nodes, isOrdered: true);
        ValueVerifier.VerifyTree(&head->Groups, isOrdered: true);
        VerifyNodes(head);
        VerifyNames(head->Groups);
        long below = 0;
        for (var cursor = Start(head->Groups); cursor.IsValid; cursor.MoveNext())
            below += VerifyGroup((StreamMember*)cursor.BlobOrNull);
        Require(below == head->GroupBytes, "the bytes of groups are the sum");
    }

    private static void VerifyNodes(StreamHead* head)
    {
        Require(head->Nodes.Count == 0 == (head->Entries.Count == 0), "nodes are there as long as entries");
        var entry = Start(head->Entries);
        for (var node = Start(head->Nodes); node.IsValid;)
        {
            Require(entry.IsValid && entry.Key.CompareTo(node.Key) >= 0, "no entry is before its node");
            var hasNext = node.MoveNext();
            Require(!hasNext || entry.Key.CompareTo(node.Key) < 0, "no node is empty");
            while (entry.IsValid && (!hasNext || entry.Key.CompareTo(node.Key) < 0))
                entry.MoveNext();
        }
    }

    private static long VerifyGroup(StreamMember* group)
    {
        ValueVerifier.VerifyTree(&group->Pending, isOrdered: true);
        ValueVerifier.VerifyTree(&group->Consumers, isOrdered: true);
        VerifyNames(group->Consumers);
        long pending = 0, bytes = 0;
        for (var cursor = Start(group->Consumers); cursor.IsValid; cursor.MoveNext())
        {
            var consumer = (StreamMember*)cursor.BlobOrNull;
            ValueVerifier.VerifyTree(&consumer->Pending, isOrdered: true);
            Require(consumer->Consumers.Page == null, "a consumer has no consumers");
            for (var own = Start(consumer->Pending); own.IsValid; own.MoveNext())
            {
                Require(
                    new StreamGroup(group).TryGetPending(new StreamId(own.Key.High, own.Key.Low), out var entry)
                        && entry.Consumer.SequenceEqual(StreamMember.NameOf(&consumer->Header)),
                    "what is pending at a consumer is so in its group");
            }
            pending += consumer->Pending.Count;
            bytes += consumer->Pending.Bytes;
        }
        Require(pending == group->Pending.Count, "what is pending in a group is so at a consumer");
        Require(bytes == group->ConsumerBytes, "the bytes of consumers are the sum");
        return StreamMember.BytesBelow(group);
    }

    private static void VerifyNames(in TreeRoot root)
    {
        ReadOnlySpan<byte> before = default;
        for (var cursor = Start(root); cursor.IsValid; cursor.MoveNext())
        {
            var member = cursor.BlobOrNull;
            Require(member != null && member->Form == BlockForm.StreamMember, "groups and consumers are members");
            Require(before.IsEmpty || before.SequenceCompareTo(StreamMember.NameOf(member)) < 0, "names rise");
            before = StreamMember.NameOf(member);
        }
    }

    private static TreeCursor Start(in TreeRoot root) => new(root.Page, root.Count, 0);

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"Stream: it does not hold that {what}.");
    }
}
