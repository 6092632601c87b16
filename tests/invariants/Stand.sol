// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccessDesk} from "../../contracts/AccessDesk.sol";
import {ContributionToken} from "../../contracts/ContributionToken.sol";
import {Council} from "../../contracts/Council.sol";
import {DataGovernor} from "../../contracts/DataGovernor.sol";
import {DataRegistry} from "../../contracts/DataRegistry.sol";
import {DataStrike} from "../../contracts/DataStrike.sol";
import {DisputeDesk} from "../../contracts/DisputeDesk.sol";
import {KeeperRegistry} from "../../contracts/KeeperRegistry.sol";
import {Licence} from "../../contracts/Licence.sol";
import {OfferDesk} from "../../contracts/OfferDesk.sol";
import {RevenueVault} from "../../contracts/RevenueVault.sol";
import {TimelockController} from "../../contracts/TimelockController.sol";
import {UsageMeter} from "../../contracts/UsageMeter.sol";
import {IAccessDesk} from "../../contracts/interfaces/IAccessDesk.sol";
import {IContributionToken} from "../../contracts/interfaces/IContributionToken.sol";
import {IDataGovernor} from "../../contracts/interfaces/IDataGovernor.sol";
import {IDataRegistry} from "../../contracts/interfaces/IDataRegistry.sol";
import {IDataStrike} from "../../contracts/interfaces/IDataStrike.sol";
import {IKeeperRegistry} from "../../contracts/interfaces/IKeeperRegistry.sol";
import {NATIVE, Peers} from "../../contracts/interfaces/Peers.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {Actors, APPRAISERS, KEEPERS} from "./Actors.sol";
import {VM} from "./Vm.sol";

/// @title One DAO, deployed as the service does it
/// @notice The thirteen contracts in their order, each told the addresses of all of them before they exist.
contract Stand {
    uint48 internal constant EXECUTION_PERIOD = 1 hours;
    uint48 internal constant DELIVERY_PERIOD = 30 minutes;

    MockToken public immutable DOLLAR = new MockToken();
    Peers private _peers;

    error MisplacedContract(address where, address expected);

    constructor(IContributionToken.VotingMode mode) {
        _predict();
        Peers memory peers = _peers;
        _found(peers, mode);
        _trade(peers);
        _guard(peers);
    }

    function peersOf() external view returns (Peers memory) {
        return _peers;
    }

    function _predict() private {
        uint256 nonce = VM.getNonce(address(this));
        address[13] memory places;
        for (uint256 i = 0; i < places.length; ++i) {
            places[i] = VM.computeCreateAddress(address(this), nonce + i);
        }
        _peers = abi.decode(abi.encode(places), (Peers));
    }

    function _found(Peers memory peers, IContributionToken.VotingMode mode) private {
        address[] memory proposers = _one(peers.governor);
        address[] memory attestors = _one(VM.addr(Actors.ATTESTOR));
        _placed(address(new TimelockController(1 minutes, proposers, new address[](1), address(0))), peers.timelock);
        _placed(address(new ContributionToken(peers, "Test DAO", "TEST", 2, mode, attestors)), peers.token);
        IDataRegistry.Genesis memory genesis = IDataRegistry.Genesis({members: 2, units: 100});
        IDataRegistry.Caps memory caps = IDataRegistry.Caps({window: 1 hours, appraiserBps: 4000, totalBps: 6000});
        _placed(address(new DataRegistry(peers, _collections(), _appraisers(), 1 hours, genesis, caps)), peers.registry);
        IDataGovernor.VotingSettings memory voting = IDataGovernor.VotingSettings({
            votingDelay: 1 minutes,
            votingPeriod: 5 minutes,
            proposalThreshold: 1,
            quorumNumerator: 20,
            voteExtension: 2 minutes
        });
        _placed(address(new DataGovernor(peers, voting)), peers.governor);
    }

    function _trade(Peers memory peers) private {
        IAccessDesk.Asset[] memory assets = new IAccessDesk.Asset[](2);
        assets[0] = IAccessDesk.Asset({asset: NATIVE, minimumPrice: 1000});
        assets[1] = IAccessDesk.Asset({asset: address(DOLLAR), minimumPrice: 100});
        _placed(address(new AccessDesk(peers, assets, 10, EXECUTION_PERIOD, DELIVERY_PERIOD)), peers.desk);
        _placed(address(new Licence(peers)), peers.licence);
        _placed(address(new RevenueVault(peers, 500, 200)), peers.vault);
        _placed(address(new KeeperRegistry(peers, _keepers(), 2)), peers.keepers);
        _placed(address(new OfferDesk(peers)), peers.offers);
        _placed(address(new DisputeDesk(peers, 20 minutes, 1 hours, 1000)), peers.disputes);
        _placed(address(new UsageMeter(peers)), peers.meter);
    }

    function _guard(Peers memory peers) private {
        IDataStrike.Settings memory settings =
            IDataStrike.Settings({thresholdBps: 5000, pledgePeriod: 1 hours, duration: 30 minutes});
        _placed(address(new DataStrike(peers, settings)), peers.strike);
        _placed(address(new Council(peers, VM.addr(Actors.GUARDIAN), 730 days)), peers.council);
    }

    function _collections() private pure returns (IDataRegistry.Collection[] memory collections) {
        collections = new IDataRegistry.Collection[](2);
        collections[0] = IDataRegistry.Collection({name: "code", purposes: 7});
        collections[1] = IDataRegistry.Collection({name: "labels", purposes: 3});
    }

    function _appraisers() private pure returns (IDataRegistry.GenesisAppraiser[] memory appraisers) {
        appraisers = new IDataRegistry.GenesisAppraiser[](APPRAISERS);
        for (uint256 i = 0; i < APPRAISERS; ++i) {
            address account = VM.addr(Actors.appraiserKey(i));
            appraisers[i] = IDataRegistry.GenesisAppraiser(account, keccak256(abi.encode("appraiser", i)), "here");
        }
    }

    function _keepers() private pure returns (IKeeperRegistry.Keeper[] memory keepers) {
        keepers = new IKeeperRegistry.Keeper[](KEEPERS);
        for (uint256 i = 0; i < KEEPERS; ++i) {
            uint256 key = Actors.keeperKey(i, 0);
            keepers[i] = IKeeperRegistry.Keeper(VM.addr(key), Actors.sealingKey(key), "here");
        }
    }

    function _one(address account) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }

    function _placed(address where, address expected) private pure {
        require(where == expected, MisplacedContract(where, expected));
    }
}
