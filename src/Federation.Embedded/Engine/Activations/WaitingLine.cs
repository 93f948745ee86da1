namespace Federation.Embedded.Engine.Activations;

/// <summary>Requests that wait for an activation, in order of arrival. Linked through the requests, so an idle activation holds no buffer.</summary>
internal struct WaitingLine
{
    private Request? head;
    private Request? tail;

    /// <summary>Requests in line that might overtake others; while zero, only the head can be next.</summary>
    private int overtakers;

    public readonly bool IsEmpty => head is null;

    public void Add(Request request)
    {
        request.Next = null;
        if (tail is null)
            head = request;
        else
            tail.Next = request;
        tail = request;
        if (CanOvertake(request))
            overtakers++;
    }

    /// <summary>Removes and returns the first request that may run now; null when none may.</summary>
    public Request? TakeRunnable(Activation activation)
    {
        Request? before = null;
        for (var request = head; request is not null; before = request, request = request.Next)
        {
            if (activation.MayRun(request))
            {
                Unlink(before, request);
                return request;
            }

            if (overtakers == 0)
                return null;
        }

        return null;
    }

    public Request? TakeFirst()
    {
        var first = head;
        if (first is not null)
            Unlink(before: null, first);
        return first;
    }

    private static bool CanOvertake(Request request) => request.AlwaysInterleaves || request.IsReadOnly;

    private void Unlink(Request? before, Request request)
    {
        if (before is null)
            head = request.Next;
        else
            before.Next = request.Next;
        if (tail == request)
            tail = before;
        request.Next = null;
        if (CanOvertake(request))
            overtakers--;
    }
}
