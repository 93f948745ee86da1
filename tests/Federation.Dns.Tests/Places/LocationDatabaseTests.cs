using System.Net;
using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Dns.Places;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Tests.Places;

public sealed class LocationDatabaseTests
{
    private static readonly Geography World = new(
    [
        new Region { Metadata = new ObjectMeta { Name = "eu" }, Spec = new RegionSpec { Location = new GeoLocation { Latitude = 50, Longitude = 8 }, ClientCountries = ["IS"] } },
        new Region { Metadata = new ObjectMeta { Name = "us" }, Spec = new RegionSpec { Location = new GeoLocation { Latitude = 40, Longitude = -80 } } },
    ]);

    [Theory]
    [InlineData(24, 4)]
    [InlineData(28, 4)]
    [InlineData(32, 4)]
    [InlineData(24, 6)]
    [InlineData(28, 6)]
    [InlineData(32, 6)]
    public void Read_EveryRecordSize_NearestRegionOfEachNetwork(int recordSize, int version)
    {
        var file = new LocationFile(recordSize, version)
            .Add("192.0.2.0/24", "FR", 48.9, 2.4)
            .Add("198.51.100.0/25", "CA", 45.5, -73.6)
            .Add("198.51.100.128/25", "IS", 64.1, -21.9)
            .Add("203.0.113.0/24", "AQ");
        if (version == 6)
            file.Add("2001:db8:1::/48", "FR", 48.9, 2.4).Add("2001:db8:2::/48", "CA", 45.5, -73.6);
        var names = new RegionNumbers();
        var places = ClientPlaces.Of(World, names.Of, LocationReader.Read(LocationDatabase.Open(file.ToArray()), World, names.Of));

        Find("192.0.2.77").ShouldBe("eu/24");
        Find("198.51.100.1").ShouldBe("us/25");
        Find("198.51.100.200").ShouldBe("eu/25", "a region claims the country, though another is nearer");
        Find("203.0.113.5").ShouldStartWith("-");
        Find("10.0.0.1").ShouldStartWith("-");
        if (version == 6)
        {
            Find("2001:db8:1::5").ShouldBe("eu/48");
            Find("2001:db8:2::5").ShouldBe("us/48");
            Find("2002:c000:200::1").ShouldStartWith("-", customMessage: "what repeats IPv4 in another place says nothing of that place");
        }

        string Find(string address)
        {
            var (place, scope) = places.Find(ClientAddress.From(IPAddress.Parse(address)));
            return $"{names.NameOf(place) ?? "-"}/{scope}";
        }
    }

    [Fact]
    public void Networks_ClaimedByARegion_ComeBeforeTheDatabase()
    {
        var world = new Geography([new Region { Metadata = new ObjectMeta { Name = "lab" }, Spec = new RegionSpec { ClientNetworks = ["192.0.2.128/25"] } }, .. Regions()]);
        var names = new RegionNumbers();
        var database = LocationDatabase.Open(new LocationFile(28, 6).Add("192.0.2.0/24", "FR", 48.9, 2.4).ToArray());
        var places = ClientPlaces.Of(world, names.Of, LocationReader.Read(database, world, names.Of));

        names.NameOf(places.Find(ClientAddress.From(IPAddress.Parse("192.0.2.130"))).Place).ShouldBe("lab");
        places.Find(ClientAddress.From(IPAddress.Parse("192.0.2.1"))).ShouldBe((names.Of("eu"), 25));
    }

    [Theory]
    [InlineData("no metadata", "metadata")]
    [InlineData("cut", "too short")]
    public void Open_NoSuchFile_SaysWhy(string what, string why)
    {
        var file = new LocationFile(28, 6).Add("192.0.2.0/24", "FR", 48.9, 2.4).ToArray();
        var broken = what == "cut" ? file[^200..] : file[..100];
        Should.Throw<InvalidDataException>(() => LocationDatabase.Open(broken)).Message.ShouldContain(why);
    }

    [Fact]
    public void Read_BytesChangedAtRandom_NeverMoreThanARefusal()
    {
        var file = new LocationFile(24, 6).Add("192.0.2.0/24", "FR", 48.9, 2.4).Add("2001:db8::/32", "CA", 45.5, -73.6).ToArray();
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var broken = (byte[])file.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            try
            {
                LocationReader.Read(LocationDatabase.Open(broken), World, new RegionNumbers().Of);
            }
            catch (Exception exception) when (exception is InvalidDataException or OverflowException)
            {
                refused++;
            }
        }

        refused.ShouldBeInRange(1, 2999);
    }

    private static IEnumerable<Region> Regions() =>
        [new Region { Metadata = new ObjectMeta { Name = "eu" }, Spec = new RegionSpec { Location = new GeoLocation { Latitude = 50, Longitude = 8 } } }];
}
