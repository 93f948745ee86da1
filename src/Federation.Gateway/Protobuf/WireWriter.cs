using System.Buffers;
using System.Text;

namespace Federation.Gateway.Protobuf;

/// <summary>Writes protobuf's wire format: as much of it as documents of texts and messages need.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _output = new();

    public byte[] ToArray() => _output.WrittenSpan.ToArray();

    public void Text(int number, string text) => Bytes(number, Encoding.UTF8.GetBytes(text));

    public void Message(int number, WireWriter message) => Bytes(number, message._output.WrittenSpan);

    private void Bytes(int number, ReadOnlySpan<byte> content)
    {
        Varint((uint)number << 3 | (uint)WireType.Bytes);
        Varint((uint)content.Length);
        _output.Write(content);
    }

    private void Varint(uint value)
    {
        for (; value >= 0x80; value >>= 7)
            _output.Write([(byte)(value | 0x80)]);
        _output.Write([(byte)value]);
    }
}
