using System.Buffers.Binary;

namespace Federation.Gateway.Protobuf;

/// <summary>One field of a message as it stands on the wire.</summary>
/// <param name="Value">The number of a varint or fixed field.</param>
/// <param name="Bytes">Where a length-delimited field's content is, within the whole input.</param>
internal readonly record struct WireField(int Number, WireType Type, ulong Value, Range Bytes);

internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>The input is no protobuf message.</summary>
internal sealed class WireFormatException(string message) : Exception(message);

/// <summary>Reads protobuf's wire format: tags, varints, fixed numbers, and bytes with their length.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> input, Range part)
{
    private readonly ReadOnlySpan<byte> _input = input[..part.End.GetOffset(input.Length)];
    private int _position = part.Start.GetOffset(input.Length);

    /// <summary>False: the message is at its end.</summary>
    /// <exception cref="WireFormatException">The bytes are cut off, or of a form that no message has.</exception>
    public bool TryRead(out WireField field)
    {
        field = default;
        if (_position == _input.Length)
            return false;
        var tag = Varint();
        var number = tag >> 3;
        if (number is 0 or > 0x1FFFFFFF)
            throw new WireFormatException("a field has no number");
        field = (WireType)(tag & 7) switch
        {
            WireType.Varint => new((int)number, WireType.Varint, Varint(), default),
            WireType.Fixed64 => new((int)number, WireType.Fixed64, BinaryPrimitives.ReadUInt64LittleEndian(_input[Take(8)]), default),
            WireType.Fixed32 => new((int)number, WireType.Fixed32, BinaryPrimitives.ReadUInt32LittleEndian(_input[Take(4)]), default),
            WireType.Bytes => new((int)number, WireType.Bytes, 0, Take(Varint())),
            _ => throw new WireFormatException("a field is of an unknown form"),
        };
        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_position == _input.Length)
                throw new WireFormatException("it is cut off");
            var next = _input[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new WireFormatException("a number is too long");
    }

    private Range Take(ulong length)
    {
        if (length > (ulong)(_input.Length - _position))
            throw new WireFormatException("it is cut off");
        var start = _position;
        _position += (int)length;
        return start.._position;
    }
}
