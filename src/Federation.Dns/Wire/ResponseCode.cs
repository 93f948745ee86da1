namespace Federation.Dns.Wire;

/// <summary>What a response says about its query. Codes above 15 need EDNS, which carries the upper eight bits (RFC 6891 section 6.1.3).</summary>
public enum ResponseCode : byte
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,

    /// <summary>The name does not exist, nor anything below it (RFC 8020). Also called NXDOMAIN.</summary>
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,

    /// <summary>Ask again with the cookie that comes along (RFC 7873 section 8).</summary>
    BadCookie = 23,
}

/// <summary>The codes as tools print them.</summary>
public static class ResponseCodeText
{
    public static string ToMnemonic(this ResponseCode code) => code switch
    {
        ResponseCode.NoError => "NOERROR",
        ResponseCode.FormatError => "FORMERR",
        ResponseCode.ServerFailure => "SERVFAIL",
        ResponseCode.NameError => "NXDOMAIN",
        ResponseCode.NotImplemented => "NOTIMP",
        ResponseCode.Refused => "REFUSED",
        ResponseCode.BadVersion => "BADVERS",
        ResponseCode.BadCookie => "BADCOOKIE",
        _ => $"RCODE{(int)code}",
    };
}
