using Federation.Dns.Wire;

namespace Federation.Dns.Answering;

/// <summary>Writes a decided answer behind a copy of the question as it was asked, letter case included. Allocates nothing.</summary>
internal static class ResponseEncoder
{
    /// <summary>Writes the response and returns its length.</summary>
    /// <param name="packet">The query.</param>
    /// <param name="query">What was read of it.</param>
    /// <param name="decision">What to say.</param>
    /// <param name="response">At least 512 bytes.</param>
    /// <param name="limit">What the client takes; at most the length of <paramref name="response"/>.</param>
    /// <param name="edns">The OPT record that goes along.</param>
    public static int Write(ReadOnlySpan<byte> packet, in Query query, in Decision decision, Span<byte> response, int limit, in EdnsReply edns)
    {
        packet[..query.QuestionEnd].CopyTo(response);
        var position = query.QuestionEnd;
        int answers = 0, authorities = 0, additionals = 0;
        var truncated = decision.IsCutShort;
        var optLength = edns.Length;
        var room = limit - optLength;

        if (decision.Answer is { } answer)
        {
            var records = answer.Next();
            if (position + records.Length > room)
            {
                truncated = true;
            }
            else
            {
                records.CopyTo(response[position..]);
                position += records.Length;
                answers = answer.Count;

                // Additional records are a courtesy: left out, not a reason to truncate (RFC 2181 section 9).
                if (answer.AdditionalCount != 0 && position + answer.Additional.Length <= room)
                {
                    answer.Additional.CopyTo(response[position..]);
                    position += answer.Additional.Length;
                    additionals = answer.AdditionalCount;
                }
            }
        }
        else if (decision.Negative is { } zone)
        {
            if (position + zone.Negative.Length > room)
            {
                truncated = true;
            }
            else
            {
                zone.Negative.Write(response[position..], query.NameLength);
                position += zone.Negative.Length;
                authorities = 1;
            }
        }

        if (edns.IsPresent)
        {
            edns.Write(response[position..], decision.Code, decision.ScopeBits);
            position += optLength;
            additionals++;
        }

        WriteFlags(packet, response, decision, truncated);
        Header.WriteCounts(response, query.HasQuestion ? 1 : 0, answers, authorities, additionals);
        return position;
    }

    private static void WriteFlags(ReadOnlySpan<byte> packet, Span<byte> response, in Decision decision, bool truncated)
    {
        // RD and CD go back as they came (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6); RA, AD and Z are clear.
        var flags = Header.Response | (packet[2] & (Header.OpcodeBits | Header.RecursionDesired));
        if (decision.IsAuthoritative)
            flags |= Header.Authoritative;
        if (truncated)
            flags |= Header.Truncated;
        response[2] = (byte)flags;
        response[3] = (byte)((packet[3] & Header.CheckingDisabled) | ((byte)decision.Code & Header.ResponseCodeBits));
    }
}
